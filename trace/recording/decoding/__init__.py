"""Pictures and PDFs from outside are decoded here, in processes of little memory and time."""
