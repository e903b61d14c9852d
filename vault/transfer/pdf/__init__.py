"""A vault as a book in PDF: to be read, searched and printed, with the export that restores the vault inside."""

from vault.transfer.pdf.book import ATTACHMENT, Book, Chapter, Entry, Packed, Part, print_book
from vault.transfer.pdf.pages import Paper

__all__ = ["ATTACHMENT", "Book", "Chapter", "Entry", "Packed", "Paper", "Part", "print_book"]
