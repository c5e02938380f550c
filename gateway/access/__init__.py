"""Who may do what that commands a device: tokens, confirmations, back-off. Pure: knows no store and no wire."""
