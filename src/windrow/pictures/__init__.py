"""What people look at: drawings and tables. They read public properties and import no class of the model."""
