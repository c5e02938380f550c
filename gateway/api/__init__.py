"""The HTTP API under /api/v1: reads the pipeline's state and asks it to act. Changes nothing by itself."""
