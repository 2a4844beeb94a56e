sandbox_is = {"official clients run on it"}
