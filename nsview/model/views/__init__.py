"""Ways to arrange a snapshot as a lazy tree of identities, one file per view."""
