"""What people allow apps: grants, and the codes and refresh tokens that stand on them."""
