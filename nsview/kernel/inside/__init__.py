"""What is read inside a namespace, by a process that has joined it for this alone.

Each module has `prepare(arguments)`, called before the namespace is joined; it imports and opens what will be
needed and returns the function that reads. Values are what JSON can say. `unread` in a dict lists what could
not be read: (what, why).
"""
