"""The export as FHIR R4: one NDJSON file for each type of resource, made from the rows of the tables."""
