using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Trainer.Tests;

public sealed class SmokeTests
{
    [Fact]
    public void The_repository_is_found() => Assert.True(Directory.Exists(RepositoryPaths.Root));
}
