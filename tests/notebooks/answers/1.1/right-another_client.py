practice = account_client().application.create_application(
    ApplicationConfig(name="Practice", capabilities=config.capabilities)
)
