"""What lies upon the browser for a while: menus, dialogs, help."""
