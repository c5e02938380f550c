"""The latest reading of every point, and what is derived from them. Pure: handed readings and the time."""
