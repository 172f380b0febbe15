"""What participants answer, and what the human coach sees.

This room needs an answer, a browser or a human coach. It owns replies, conversation, summaries, the web pages, the
command line, configuration and migrations. It may import `schedules` and `content`; nothing imports it.
"""
