"""Files: uploads kept out of the web root, and documents (PDF, XLSX, iCalendar) made from data."""
