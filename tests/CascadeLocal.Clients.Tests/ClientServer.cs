using System.ClientModel;

using CascadeLocal.Tests.Common;

using OpenAI;

using Xunit;

namespace CascadeLocal.Clients.Tests;

/// <summary>One running server on the default tier, for all clients.</summary>
public sealed class ClientServer : IAsyncLifetime
{
    /// <summary>The only key that is let in.</summary>
    public const string Key = "right";

    /// <summary>The pool decides who answers.</summary>
    public const string Model = "cascade";

    /// <summary>The encoder that routes.</summary>
    public const string Encoder = "all-MiniLM-L6-v2";

    private CascadeProcess? _process;

    /// <summary>What clients call the base address. Skips the test where there is no server.</summary>
    public Uri Address
    {
        get
        {
            CascadeProcess.RequireProgramAndTier();
            return new Uri(_process!.Client.BaseAddress!, "/v1");
        }
    }

    /// <summary>OpenAI's client, which those of others are made from.</summary>
    public OpenAIClient Connect(string key = Key) => new(new ApiKeyCredential(key), new OpenAIClientOptions { Endpoint = Address });

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (CascadeProcess.Missing is null)
            _process = await CascadeProcess.ServeAsync("--api-key", Key);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _process?.DisposeAsync() ?? ValueTask.CompletedTask;
}

/// <summary>The tests that share the server.</summary>
[CollectionDefinition(Name)]
public sealed class ClientsCollection : ICollectionFixture<ClientServer>
{
    public const string Name = "clients";
}
