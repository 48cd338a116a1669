"""What programs may ask of the ward, as OpenAPI 3.1: made from the table of who may and from one entry an operation."""
