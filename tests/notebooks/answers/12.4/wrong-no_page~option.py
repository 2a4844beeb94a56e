command = "python -m my_chat --prot 0"
