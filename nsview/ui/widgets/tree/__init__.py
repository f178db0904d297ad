"""One tree with columns for every view: it draws any lazy model and knows nothing of what the rows are."""
