"""What may be done with namespaces: a plan as data first, carried out last."""
