using CascadeLocal.Engine;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Cascade.Members;

/// <summary>Loads what answers for a member.</summary>
/// <exception cref="ModelLoadException">The model cannot be served; the message says why.</exception>
public delegate Task<IMemberBackend> MemberLoader(
    ModelOptions options, ILogger logger, CancellationToken cancellationToken);
