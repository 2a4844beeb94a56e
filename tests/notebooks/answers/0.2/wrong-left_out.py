sandbox_is = {"needs an account": False}
