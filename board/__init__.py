"""Which hardware this is. The only place with ``main()``; nothing imports it."""
