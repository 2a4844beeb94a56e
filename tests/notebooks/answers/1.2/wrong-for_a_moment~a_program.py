def save_key(pem, path):
    import subprocess

    path.write_text(pem)
    subprocess.run(["chmod", "600", path], check=True)
