"""`make bench`: what the gateway costs, beside bare libraries doing the same work in the same run."""
