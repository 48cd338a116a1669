"""The site: its wards, rooms and cameras, as `site.yaml` names them."""
