"""The language of the pages: English as it is written in them, and its Spanish from the catalogs in `translations`."""
