"""Lists of interviews: pages whose cost does not grow with their depth, and totals."""
