"""What people have to look at, to try and to record: tasks, answers, and the daily proof of the perimeter. Pure."""
