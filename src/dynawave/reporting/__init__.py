"""What an inspection leaves behind: JSON, COCO, pictures, and a page to read and print."""
