using Xunit;

namespace CascadeLocal.Server.Tests.EndToEnd;

/// <summary>End-to-end tests run one after the other: every one of them takes the whole machine.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class EndToEndCollection
{
    public const string Name = "end to end";
}
