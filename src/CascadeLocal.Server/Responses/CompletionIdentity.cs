namespace CascadeLocal.Server.Responses;

/// <summary>What every chunk of one answer says about it.</summary>
/// <param name="Id">Unique, such as <c>chatcmpl-0123...</c>.</param>
/// <param name="Created">Unix time in seconds.</param>
/// <param name="Model">The member that answers.</param>
internal sealed record CompletionIdentity(string Id, long Created, string Model)
{
    public static string NewId() => $"chatcmpl-{Guid.NewGuid():N}";
}
