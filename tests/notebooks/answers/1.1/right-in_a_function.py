def create(name):
    wanted = ApplicationConfig(name=name, capabilities=config.capabilities)
    return vonage.application.create_application(wanted)


practice = create("Practice")
