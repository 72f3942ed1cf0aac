"""Files that people bring: read row by row, and every mistake named by sheet, row and column. No database."""
