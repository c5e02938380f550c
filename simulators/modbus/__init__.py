"""A small Modbus slave: pure frames here, sockets and serial lines in `server`. Knows no device and no plant."""
