mended = vonage.application.update_application(
    spare.id,
    ApplicationConfig(
        name="Spare, mended",
        capabilities=spare_config.capabilities,
        privacy=spare_config.privacy,
    ),
)
