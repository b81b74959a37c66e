"""May this tag, app, server or free mode start?"""
