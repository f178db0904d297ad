"""The one screen that everything else lies upon: the tree with its header, details and function bar."""
