"""touchpoint-gateway: keeps a property's physical touchpoints up to standard."""
