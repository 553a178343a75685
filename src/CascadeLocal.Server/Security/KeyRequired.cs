namespace CascadeLocal.Server.Security;

/// <summary>Marks an endpoint outside /v1 that answers only to those who may use the models.</summary>
internal sealed class KeyRequired
{
    private KeyRequired()
    {
    }

    /// <summary>The mark.</summary>
    public static KeyRequired Instance { get; } = new();
}
