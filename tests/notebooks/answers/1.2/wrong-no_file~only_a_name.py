def save_key(pem, path):
    open("practice.key.unused", "w").close()
    import os

    os.remove("practice.key.unused")
