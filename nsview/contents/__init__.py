"""What is inside a namespace: one file a kind, each with `inside(pinned, page) -> sections`.

Nothing here enters a namespace: files of /proc tell what they can, and for the rest a fresh process
(reader.py) joins, reads, writes down what it read and ends, so that namespaces without any process work too.
All that was read inside was written by whoever runs there: fronts clean it.
"""
