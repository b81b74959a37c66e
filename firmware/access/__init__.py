"""Access: who may do what at page and API, and how he proves who he is."""
