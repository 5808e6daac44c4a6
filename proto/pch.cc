// Gives the precompiled header of the rooms that speak gRPC (lab_rpc_pch) a source to be made for.
