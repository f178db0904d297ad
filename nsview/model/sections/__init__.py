"""What there is to tell about one namespace or one process, as pure data: for the details pane and `show`."""
