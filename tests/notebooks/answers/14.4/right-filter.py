leaks = lambda files: list(
    filter(
        lambda name: re.search(
            r"PRIVATE KEY-----|(PASSWORD|SECRET|TOKEN)=\S", files[name]
        ),
        files,
    )
)
