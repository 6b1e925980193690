"""How ledgers of earlier versions become this version's: one file a version in `versions`, run by alembic."""
