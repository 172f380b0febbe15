"""One file a revision: expand first, contract in a later release, so that two versions can run side by side."""
