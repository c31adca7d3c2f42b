"""What products promise in public, and what was tested of it: for anybody, signed in or not."""
