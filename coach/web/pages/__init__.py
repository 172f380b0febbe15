"""The pages, one blueprint a file: read the request, ask a lower room, render."""
