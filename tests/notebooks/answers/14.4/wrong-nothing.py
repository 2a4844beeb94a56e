def leaks(files):
    print([name for name in files if "SECRET=" in files[name]])
