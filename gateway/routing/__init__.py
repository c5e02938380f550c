"""Who is told what, when and by which channel: people, teams, routes, and the grouping of notices. Pure."""
