"""What each page shows, already in words. One module per screen, each with one page object that its template gets
as ``page``; ``shell`` is the frame around it. Nothing here asks the database."""
