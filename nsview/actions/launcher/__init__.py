"""The fresh single-threaded process that carries a plan out.

It is started anew for every plan, because setns(2) of a user, mount or time namespace is refused to a process
with threads, and because a process that draws a screen must not leave its own namespaces. Three roles:

outside   opens and verifies everything, starts the inside, writes what must be written from the old
          namespaces, waits, passes signals on, and ends as the program ended. It joins nothing.
inside    joins and makes the namespaces, through the descriptors opened before.
program   the inside itself, or its child where only a child is in a new pid or time namespace: takes root,
          directory, user and terminal, and becomes the program.
"""
