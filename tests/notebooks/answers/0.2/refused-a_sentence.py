sandbox_is = "A local Vonage that needs no account"
