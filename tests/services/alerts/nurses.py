"""Who acts in tests."""

from services.alerts.actor import typed_name

ADA, BO = typed_name("Ada"), typed_name("Bo")
